import { BaseModel, type Session, text } from "@hypertroq/database";

export declare const title: string;
export class Post extends BaseModel.define({ title: text() }) {}
export declare function readPosts(db: Session): Promise<Post[]>;

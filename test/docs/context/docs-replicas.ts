import { BaseModel, type Session, select, text } from "@hypertroq/database";

export const title = "Written";
export class Post extends BaseModel.define({ title: text() }) {}
export const models = { Post };

export async function readPosts(db: Session): Promise<Post[]> {
  return await db.all(select(Post));
}
